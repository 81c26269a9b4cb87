import type { Clock } from '../clock.ts';
import { Expiring } from './expiringMap.ts';

/** Entries by key, each forgotten after its own time. */
export interface Table<V> {
  get(key: string): V | undefined;
  set(key: string, value: V, ttlMs: number): void;
  /** Changes a value and leaves its expiry as it is. */
  update(key: string, value: V): void;
  delete(key: string): void;
  /** Lists the keys that have not expired. */
  keys(): Iterable<string>;
}

export const TABLES = ['records', 'epochs', 'lists', 'leases', 'failures', 'issuer', 'reuses'] as const;
export type TableName = (typeof TABLES)[number];

/** How long a write must outlast what happens to the process: a crash of the process, or a power cut as well. */
export type Durability = 'process' | 'power';

/**
 * Where a store keeps its entries.
 *
 * `read` and `write` run synchronous work on the tables in one atomic step. A write resolves once it is as durable
 * as asked.
 */
export interface Tables {
  table<V>(name: TableName): Table<V>;
  read<T>(work: () => T): Promise<T>;
  write<T>(work: () => T, durability?: Durability): Promise<T>;
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** Tables in this process alone: they are gone with it. */
export function memoryTables(clock: Clock): Tables {
  const tables = new Map<TableName, Expiring<unknown>>();
  return {
    table: <V>(name: TableName) => {
      if (!tables.has(name)) tables.set(name, new Expiring(clock));
      return tables.get(name) as Expiring<V>;
    },
    read: async (work) => work(),
    write: async (work) => work(),
    ready: async () => undefined,
    close: async () => undefined,
  };
}
