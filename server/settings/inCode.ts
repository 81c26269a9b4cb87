import type { UpstreamToken, variables } from './variables.ts';

type Variable = keyof (typeof variables)['shape'];
type Camel<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<Camel<Rest>>}`
  : Lowercase<Name>;

/** A setting as code gives it; a list stands for what the environment separates by commas. */
export type GivenSetting = string | number | boolean | URL | readonly string[] | undefined;

type OfUpstream<Name> = Name extends `UPSTREAM_${infer Suffix}` ? Suffix : never;

/** One further upstream as an option: `UPSTREAM_BILLING_URL` is `upstreams: { billing: { url } }`. */
export type UpstreamInCode = {
  readonly [Suffix in OfUpstream<Variable> as Camel<Suffix>]?: GivenSetting;
} & {
  readonly url: string | URL;
  readonly paths: readonly string[];
  readonly token: UpstreamToken;
};

/** Every variable of the environment as an option: `UPSTREAM_URL` is `upstreamUrl`. */
export type SettingsInCode = { readonly [Name in Variable as Camel<Name>]?: GivenSetting } & {
  readonly upstreams?: Readonly<Record<string, UpstreamInCode>> | undefined;
};

/** Settings as an environment gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Writes options as variables, so that one reader checks both. */
export function asEnvironment({ upstreams = {}, ...options }: SettingsInCode): Environment {
  const variables = Object.entries(options).map(([name, value]) => [variableOf(name), textOf(value)]);
  for (const [name, own] of Object.entries(upstreams))
    for (const [option, value] of Object.entries<GivenSetting>(own))
      variables.push([`UPSTREAM_${variableOf(name)}_${variableOf(option)}`, textOf(value)]);
  return Object.fromEntries(variables) as Environment;
}

const variableOf = (name: string) =>
  name
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .replace(/[^\w]/g, '_')
    .toUpperCase();

function textOf(value: GivenSetting): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value);
}
