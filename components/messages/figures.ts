/** The beginning of a text, to name it by. */
export function excerpt(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** Numbers, durations, sizes and moments as a language writes them. */
export function createFigures(locale: string, justNow: string) {
  const unit = (name: string, digits = 0) => {
    const format = new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    });
    return (n: number) => format.format(n);
  };
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const seconds = unit('second');
  const minutes = unit('minute');
  const hours = unit('hour');
  const days = unit('day');
  const percent = new Intl.NumberFormat(locale, { style: 'percent' });
  const count = new Intl.NumberFormat(locale);
  const bytes = new Intl.NumberFormat(locale, { style: 'unit', unit: 'byte', unitDisplay: 'long' });
  const kilobytes = unit('kilobyte', 1);
  const megabytes = unit('megabyte', 1);

  return {
    ms: unit('millisecond'),
    count: (n: number) => count.format(n),
    /** Of a hundred. */
    percent: (n: number) => percent.format(n / 100),

    /** A size, in thousands as the units are defined. */
    size(n: number): string {
      if (n < 1000) return bytes.format(n);
      return n < 1000 ** 2 ? kilobytes(n / 1000) : megabytes(n / 1000 ** 2);
    },

    /** A duration in its two largest useful units. */
    span(ms: number): string {
      const s = Math.max(0, Math.ceil(ms / 1000));
      const two = (large: string, rest: number, small: (n: number) => string) =>
        rest === 0 ? large : `${large} ${small(rest)}`;
      if (s < 60) return seconds(s);
      if (s < 3600) return two(minutes(Math.floor(s / 60)), s % 60, seconds);
      if (s < 86_400) return two(hours(Math.floor(s / 3600)), Math.floor((s % 3600) / 60), minutes);
      return two(days(Math.floor(s / 86_400)), Math.floor((s % 86_400) / 3600), hours);
    },

    /** How long ago something was, in its largest useful unit. */
    ago(ms: number): string {
      const minutesAgo = ms / 60_000;
      if (minutesAgo < 1) return justNow;
      if (minutesAgo < 60) return relative.format(-Math.floor(minutesAgo), 'minute');
      if (minutesAgo < 1440) return relative.format(-Math.floor(minutesAgo / 60), 'hour');
      return relative.format(-Math.floor(minutesAgo / 1440), 'day');
    },

    /** A moment in the reader's zone; of the variants of this language the one that the browser prefers. */
    moment(iso: string): string {
      const own = navigator.languages.find((tag) => tag.split('-')[0] === locale) ?? locale;
      return new Intl.DateTimeFormat(own, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
    },
  };
}
