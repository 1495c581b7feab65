/** What a cluster gives a service that asks for nothing, as Kubernetes quantities. */
export const OSCAR_DEFAULTS = { memory: '256Mi', cpu: '0.2' } as const;
