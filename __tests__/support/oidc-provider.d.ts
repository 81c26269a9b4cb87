declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export const errors: {
    readonly InvalidTarget: new () => Error;
    readonly InvalidRequest: new (description: string) => Error;
  };

  interface NewAccessToken {
    resourceServer: object;
    save(): Promise<string>;
  }

  /** As little of the package as our tests use; it brings no types. */
  export class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
    registerGrantType(name: string, handle: (ctx: object) => Promise<void>, params: readonly string[]): void;
    AccessToken: new (values: object) => NewAccessToken;
    ResourceServer: new (identifier: string, values: object) => object;
    on(event: string, listener: (...args: never[]) => void): this;
    Client: { find(id: string): Promise<{ backchannelLogout(sub: string, sid: string): Promise<void> }> };
  }
}
