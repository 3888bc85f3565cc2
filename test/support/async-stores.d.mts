export function endAsyncStores(): void;
