export * from './alert.js';
export * from './notifier.js';
