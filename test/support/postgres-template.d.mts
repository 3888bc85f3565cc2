/** Name of the database that test databases are copies of. */
export const TEMPLATE_DATABASE: string;
