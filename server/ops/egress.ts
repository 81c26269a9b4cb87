import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'] as const;

/**
 * Makes a connection pool; through the proxy that `HTTP_PROXY` and `HTTPS_PROXY` name, but for the hosts in `NO_PROXY`.
 *
 * @see undici, EnvHttpProxyAgent
 */
export function createPool(options: Agent.Options, environment = process.env): Dispatcher {
  return VARIABLES.some((name) => environment[name]) ? new EnvHttpProxyAgent(options) : new Agent(options);
}
