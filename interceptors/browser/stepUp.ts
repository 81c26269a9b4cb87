import axios, {
  CanceledError,
  type AxiosAdapter,
  type AxiosError,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import { NO_IDENTITY, OF_UPSTREAM, RESEAL_HEADER } from '../../contract/headers.ts';
import { stepUpOf, type StepUpChallenge } from '../../contract/stepUp.ts';
import { isOneShot } from '../axios/replayBody.ts';
import { challengesOf, reasonOf } from '../outcome.ts';

/** What the person is asked for. */
export interface StepUpRequest extends StepUpChallenge {
  /** The session that is to be stepped up: the one that the refused request was made in. */
  readonly sessionId: string;
  /** Aborts when no request waits any more. */
  readonly signal: AbortSignal;
}

export interface StepUpOptions {
  /**
   * Has the person log in again; called once for equal demands, and for one demand after the other.
   *
   * @returns whether the session was stepped up; `false`, or an error, gives the requests their first answer
   */
  authenticate(request: StepUpRequest): Promise<boolean>;
}

/** One question to the person, and how many requests wait for the answer. */
interface Question {
  readonly controller: AbortController;
  readonly answer: Promise<boolean>;
  waiting: number;
}

/** An answer of the adapter, thrown or returned. */
type Sent =
  | { readonly response: AxiosResponse; readonly error?: undefined }
  | { readonly error: AxiosError; readonly response?: AxiosResponse | undefined };

/**
 * Serves an axios instance that an engine serves too: a request that an API refuses for want of a newer or stronger login
 * waits for the person, and is sent again exactly once, with the same bytes, for the same session. Returns what stops it.
 *
 * Otherwise the request gets its first answer. Another person who has taken the session's place by then is answered
 * `409 session_changed`. A body that can be read only once is not sent again. The wait does not count against `timeout`.
 *
 * It stands where axios expects the adapter, as the engine does, so that transforms and interceptors run once.
 *
 * @see RFC 9470
 */
export function attachStepUp(http: AxiosInstance, { authenticate }: StepUpOptions): () => void {
  const wrapped = Symbol(); // marks an adapter that is wrapped already
  const questions = new Map<string, Question>();
  /** Requests that have had their step-up; an engine may send one again for another reason. */
  const spent = new WeakSet<InternalAxiosRequestConfig>();
  let turn: Promise<unknown> = Promise.resolve();
  /** What the person agreed to last, and how often. */
  let agreed = { key: '', times: 0 };

  function ask(challenge: StepUpChallenge, sessionId: string): Question {
    const key = keyOf(sessionId, challenge);
    const known = questions.get(key);
    if (known) return known;
    const controller = new AbortController();
    const { signal } = controller;
    const given = new Promise<boolean>((resolve) => {
      signal.addEventListener('abort', () => resolve(false));
      turn
        .then(() => !signal.aborted && authenticate({ ...challenge, sessionId, signal }))
        .then(resolve, () => resolve(false));
    });
    turn = given;
    const question: Question = { controller, answer: given, waiting: 0 };
    questions.set(key, question);
    void given.then((isSteppedUp) => {
      if (isSteppedUp) agreed = { key, times: agreed.times + 1 };
      if (questions.get(key) === question) questions.delete(key);
    });
    return question;
  }

  /** Waits with the others that got the same demand; rejects at once where the caller aborts. */
  function wait(config: InternalAxiosRequestConfig, challenge: StepUpChallenge): Promise<boolean> {
    const { signal, cancelToken } = config;
    const question = ask(challenge, identityOf(config));
    question.waiting += 1;
    return new Promise<boolean>((resolve, reject) => {
      const leave = () => {
        signal?.removeEventListener?.('abort', onAbort);
        cancelToken?.unsubscribe(onAbort);
      };
      const onAbort = () => {
        leave();
        reject(cancelToken?.reason ?? new CanceledError(undefined, config));
        question.waiting -= 1;
        if (question.waiting === 0) question.controller.abort();
      };
      void question.answer.then((isSteppedUp) => {
        leave();
        resolve(isSteppedUp);
      });
      signal?.addEventListener?.('abort', onAbort);
      cancelToken?.subscribe(onAbort);
      if (signal?.aborted) onAbort();
    });
  }

  async function carry(adapter: AxiosAdapter, config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const { times } = agreed;
    const sent = await send(adapter, config);
    const challenge = spent.has(config) ? null : challengeOf(sent, config);
    if (challenge) {
      spent.add(config);
      const sessionId = identityOf(config);
      // One that was sent before the last step-up, and refused after it, need not ask again.
      const isMet = agreed.times > times && agreed.key === keyOf(sessionId, challenge);
      if (isMet || (await wait(config, challenge))) {
        config.headers.set(RESEAL_HEADER, sessionId);
        return adapter(config);
      }
    }
    if (sent.error) throw sent.error;
    return sent.response;
  }

  const id = http.interceptors.request.use(
    (config) => {
      const { adapter } = config;
      if (wrapped in Object(adapter)) return config;
      const wrapper: AxiosAdapter & { [wrapped]?: true } = (final) => {
        if (adapter) final.adapter = adapter;
        return carry(axios.getAdapter(adapter, final), final);
      };
      wrapper[wrapped] = true;
      config.adapter = wrapper;
      return config;
    },
    null,
    { synchronous: true },
  );
  return () => http.interceptors.request.eject(id);
}

const keyOf = (sessionId: string, challenge: StepUpChallenge) => JSON.stringify([sessionId, challenge]);

const identityOf = ({ headers }: InternalAxiosRequestConfig): string =>
  String(headers.get(RESEAL_HEADER) ?? '');

async function send(adapter: AxiosAdapter, config: InternalAxiosRequestConfig): Promise<Sent> {
  try {
    return { response: await adapter(config) };
  } catch (thrown) {
    const error = (thrown ?? new Error()) as AxiosError;
    return { error, response: error.response };
  }
}

/** The demand of an upstream's own 401, where the request can be sent again for the session that it names. */
function challengeOf({ response }: Sent, config: InternalAxiosRequestConfig): StepUpChallenge | null {
  if (response?.status !== 401 || (reasonOf({ response }) ?? OF_UPSTREAM) !== OF_UPSTREAM) return null;
  const identity = identityOf(config);
  // Without an identity it could be sent again under another session. The engine gives one to its own origin alone.
  if (identity === '' || identity === NO_IDENTITY || config.reauth === false || isOneShot(config.data))
    return null;
  return stepUpOf(challengesOf({ response }));
}
