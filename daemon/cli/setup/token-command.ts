import { defineCommand } from '../command.js';

/** `tillwarden token`. */
export const tokenCommand = defineCommand({
  name: 'token',
  description: 'make a token for the API, and what the configuration says of it',
  argument: ['<name>', 'whose token it will be, of a-z, 0-9 and -'],
  examples: ['tillwarden token anna'],
  action: async (context, _options, name) => (await import('./token.js')).runToken(context, name),
});
