/** An entity of JSON-LD: its id, its type and what is said of it. */
export type Entity = Readonly<Record<string, unknown>> & { readonly '@id': string };
