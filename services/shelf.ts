/** A place for one text that outlives the page, not the tab. */
export interface Shelf {
  read(): string | null;
  /** `null` clears it. */
  write(text: string | null): void;
}

/** The tab's own storage; where the browser forbids it, nothing is kept. */
export function createShelf(name: string): Shelf {
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
