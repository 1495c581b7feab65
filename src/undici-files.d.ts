/** Types of the files of undici that `undici.ts` takes one by one: it publishes types for its index alone. */
declare module 'undici/lib/api/api-connect.js' {
  import type { Dispatcher } from 'undici';

  const connect: Dispatcher['connect'];
  export default connect;
}
declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici';

  const request: Dispatcher['request'];
  export default request;
}
declare module 'undici/lib/core/symbols.js' {
  /** Reads the answers on a connection. */
  export interface Parser {
    /** As nobody takes what it has read. */
    paused: boolean;
    readonly ptr: number | null;
    readonly llhttp: { llhttp_resume(ptr: number): void };
    resume(): void;
  }

  const symbols: { readonly kParser: unique symbol };
  export default symbols;
}
declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici';
  export default Agent;
}
declare module 'undici/lib/dispatcher/dispatcher.js' {
  import { Dispatcher } from 'undici';
  export default Dispatcher;
}
declare module 'undici/lib/dispatcher/env-http-proxy-agent.js' {
  import { EnvHttpProxyAgent } from 'undici';
  export default EnvHttpProxyAgent;
}
