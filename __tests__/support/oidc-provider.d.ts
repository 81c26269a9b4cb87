declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export const errors: { readonly InvalidTarget: new () => Error };

  /** As little of the package as our tests use; it brings no types. */
  export class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
    on(event: string, listener: (...args: never[]) => void): this;
    Client: { find(id: string): Promise<{ backchannelLogout(sub: string, sid: string): Promise<void> }> };
  }
}
