/** A place for one text that outlives the page, not the tab. */
export interface TabStorage {
  read(): string | null;
  /** `null` clears it. */
  write(text: string | null): void;
}

/** The tab's own storage; where the browser forbids it, nothing is kept. */
export function createTabStorage(name: string): TabStorage {
  return {
    read() {
      try {
        return sessionStorage.getItem(name);
      } catch {
        return null;
      }
    },
    write(text) {
      try {
        if (text === null) sessionStorage.removeItem(name);
        else sessionStorage.setItem(name, text);
      } catch {
        // Forbidden or full: what is typed lives as long as the page.
      }
    },
  };
}
