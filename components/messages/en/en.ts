import { LOGIN_PROBLEMS, type LoginProblem } from '../../../contract/loginProblem.ts';
import type { Device } from '../../../contract/sessions.ts';
import type { Toast } from '../../../store/demo/toastsSlice.ts';
import { createFigures, excerpt } from '../figures.ts';
import { errors, reasons } from './errors.ts';
import { home } from './home.ts';
import { notes } from './notes.ts';

const figures = createFigures('en', 'just now');

/** Every sentence of the app in English, by the room of `components/` that shows it, but for the lab's. */
export const en = {
  figures,
  errors,
  reasons,
  home,
  shell: {
    title: (page: string) => `${page} · Reseal`,
    skip: 'Skip to the content',
    brand: 'Reseal',
    nav: 'Main',
    notes: 'Notes',
    session: 'Session',
    lab: 'Lab',
    login: 'Log in',
    logout: 'Log out',
    signedInAs: 'Signed in as',
    footer: 'Tokens stay sealed on the server. This page has never seen one.',
    refreshing: 'Refreshing your session',
    waiting: (n: number) => (n === 1 ? '1 request is waiting' : `${n} requests are waiting`),
    degraded: 'The refresh is delayed; you stay signed in',
    ended: 'Your session has ended. What you typed is kept.',
    endedAction: 'Log in again',
    endingSoon: 'Your session ends soon.',
    endingIn: (left: string) => `It ends in ${left} unless you go on.`,
    stay: 'Stay logged in',
    staying: 'One moment…',
    endsAnyway: (left: string) => `It ends in ${left} and cannot be prolonged. What you type is kept.`,
    changed:
      'You were logged out in another tab or on another device. What you typed is kept in this tab until you log in again.',
    loading: 'The page is loading',
    unreachable:
      'The next page could not be loaded: you are offline, or the server cannot be reached. This page and what you typed are kept.',
    tryAgain: 'Try again',
    dismiss: 'Stay here',
    notFoundTitle: 'There is nothing at this address',
    notFoundLead: 'The link may be old, or the page is switched off here.',
    errorTitle: 'Something failed on our side',
    errorLead: 'Your session is not affected. Reload the page, or come back in a moment.',
    toHome: 'Go to the home page',
  },
  login: {
    title: 'Log in',
    lead: 'Log in once and stay signed in: the session is refreshed automatically.',
    username: 'Username',
    password: 'Password',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    demo: 'Demo:',
    fillIn: 'Fill in',
    submit: 'Log in',
    busy: 'Logging in…',
    provider: 'Log in with your provider',
    providerLead: 'You will be sent to your identity provider and come back here.',
    asking: 'Checking whether you are signed in…',
    welcome: 'You are signed in. One moment…',
    cookieRefused:
      'Your browser did not keep the login cookie, so you are not signed in. Allow cookies for this site, then log in again.',
    noAccount: 'No account yet?',
    signup: 'Sign up',
    required: 'Enter your username and your password.',
    problems: LOGIN_PROBLEMS as Readonly<Record<LoginProblem, string>>,
  },
  notes,
  stepUp: {
    title: 'Confirm it is you',
    lead: 'To go on, log in once more. A new window opens for it. Nothing has been done yet.',
    open: 'Log in again',
    again: 'Open the window again',
    waiting: 'Waiting for your login in the other window.',
    cancel: 'Cancel',
    doneTitle: 'You are logged in again',
    doneLead: 'You may close this window: your work goes on in the other one.',
    failedTitle: 'You were not logged in again',
    failedLead: 'Close this window, and try again in the other one.',
  },
  toasts: {
    close: 'Close',
    sentence: {
      uploaded: (name) => `${name} is attached.`,
      uploadFailed: (name) => `${name} was not uploaded.`,
      editFailed: (text) => `Your change “${excerpt(text)}” was not saved; you find it in your notes.`,
      noteGone: (text) => `The note “${excerpt(text)}” is gone; what you typed is under “New note”.`,
      removeFailed: () => 'A note could not be deleted.',
      logoutFailed: () => 'Logging out did not work, you are still signed in.',
    } satisfies Record<Toast['kind'], (subject: string) => string> as Record<
      Toast['kind'],
      (subject: string) => string
    >,
  },
  session: {
    title: 'Session',
    lead: 'Where you are logged in, this device first.',
    who: 'Signed in as',
    device: 'Device',
    network: 'Network',
    networkHint: 'As this server sees it, shortened.',
    since: 'Login',
    unknown: 'Unknown',
    details: 'Technical details',
    detailsLead: 'What this browser may know of the session. The tokens are not part of it.',
    id: 'Session ID',
    version: 'Version',
    versionHint: (refreshes: number) =>
      refreshes === 0
        ? 'No refresh so far.'
        : refreshes === 1
          ? '1 refresh so far.'
          : `${refreshes} refreshes so far.`,
    expires: 'Access token expires in',
    expired: 'Expired. The next request refreshes it.',
    unknownExpiry: 'Unknown: the issuer does not say.',
    ends: 'Session ends in',
    refresh: 'Refresh now',
    refreshing: 'Refreshing…',
    refreshed: (version: number) => `Refreshed: this is version ${version} now.`,
    logout: 'Log out',
    everywhere: 'Log out everywhere',
    everywhereHint: 'Ends every session of yours, on every device.',
    everywhereSure: 'Log out everywhere?',
    everywhereNo: 'Stay logged in',
    actions: 'Actions',
  },
  others: {
    title: 'Your other sessions',
    lead: 'All that this server knows, those used last first.',
    current: 'This device',
    loadingOwn: 'Looking it up…',
    loading: 'Looking for your other sessions…',
    failed: 'Your other sessions could not be looked up.',
    none: 'You are logged in nowhere else.',
    device: ({ browser, system }: Device) =>
      browser && system ? `${browser} on ${system}` : (browser ?? system ?? 'Unknown device'),
    since: (loggedIn: string, refreshed: string | null) =>
      refreshed ? `Logged in ${loggedIn}, last refreshed ${refreshed}` : `Logged in ${loggedIn}`,
    from: (network: string) => `network ${network}`,
    fromHere: 'same network as this device',
    rename: 'Rename',
    renameOf: (label: string) => `Rename ${label}`,
    nameOf: (device: string) => `Name for ${device}`,
    nameHint: (most: number) => `Up to ${most} characters. Kept until that session ends.`,
    save: 'Save name',
    cancel: 'Cancel',
    saved: 'Saved.',
    end: 'Log out',
    endOf: (device: string) => `Log out ${device}`,
    reused: (device: string, ago: string) =>
      `An old copy of the login on ${device} was used ${ago}, and was refused. If you did not restore a browser from a backup, log that session out and change your password.`,
    ended: (device: string) => `${device} is logged out.`,
  },
};
