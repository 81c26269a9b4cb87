import type { useLabQuery } from '../../store/demo/labApi.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { Field, Select } from '../ui/Field.tsx';

type LabState = NonNullable<ReturnType<typeof useLabQuery>['data']>;

const KINDS = {
  refresh: [
    'none',
    'status503',
    'status429',
    'dropBeforeRotate',
    'dropAfterRotate',
    'hang',
    'html',
    'expiresInMissing',
    'expiresInHuge',
  ],
  api: ['none', 'status500', 'status503', 'unauthorized', 'drop', 'slow'],
} as const;

/** Times and faults of the embedded upstream, filled with what holds now. */
export function ControlFields({ state: { settings, faults } }: { readonly state: LabState }) {
  const lab = useLabMessages();
  return (
    <div className="grid gap-4">
      <div className="grid content-start items-start gap-4 sm:grid-cols-3">
        <NumberField
          label={lab.ttl}
          hint={lab.ttlHint}
          name="accessTtlSeconds"
          value={settings.accessTtlSeconds}
          min={1}
        />
        <NumberField label={lab.refreshLatency} name="latency.refresh" value={settings.latencyMs.refresh} />
        <NumberField label={lab.apiLatency} name="latency.api" value={settings.latencyMs.api} />
      </div>
      <div className="grid content-start gap-x-8 gap-y-4 sm:grid-cols-2">
        <FaultField scope="refresh" label={lab.refreshFault} now={faults.refresh[0]} />
        <FaultField scope="api" label={lab.apiFault} now={faults.api[0]} />
      </div>
    </div>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly name: string;
  readonly value: number;
  readonly min?: number;
}

function NumberField({ value, min = 0, ...rest }: NumberFieldProps) {
  return (
    <Field
      {...rest}
      type="number"
      inputMode="decimal"
      step="any"
      min={min}
      max={86_400}
      defaultValue={value}
    />
  );
}

interface FaultFieldProps {
  readonly scope: keyof typeof KINDS;
  readonly label: string;
  readonly now: { readonly kind: string; readonly times?: number | null } | undefined;
}

function FaultField({ scope, label, now }: FaultFieldProps) {
  const lab = useLabMessages();
  const kinds: readonly string[] = KINDS[scope];
  const names: Readonly<Record<string, string>> = lab.faultKinds;
  return (
    <div className="grid grid-cols-[minmax(0,3fr)_minmax(0,2fr)] items-start gap-3">
      <Select label={label} name={`${scope}.kind`} defaultValue={now?.kind ?? 'none'}>
        {[...kinds, ...(now && !kinds.includes(now.kind) ? [now.kind] : [])].map((kind) => (
          <option key={kind} value={kind}>
            {names[kind] ?? kind}
          </option>
        ))}
      </Select>
      <Field
        label={lab.times}
        name={`${scope}.times`}
        type="number"
        inputMode="numeric"
        min={1}
        placeholder={lab.always}
        defaultValue={now?.times ?? (now ? '' : 2)}
      />
    </div>
  );
}
