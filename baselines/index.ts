export * from './definition.js';
export * from './record.js';
export * from './snapshot.js';
export * from './value.js';
