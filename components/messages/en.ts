import { errors, reasons } from './errors.ts';
import { home } from './home.ts';
import { lab } from './lab.ts';

const seconds = (n: number) => `${n} s`;
const minutes = (n: number) => `${n} min`;
const hours = (n: number) => `${n} h`;
const days = (n: number) => (n === 1 ? '1 day' : `${n} days`);

/** Every sentence of the app in English, by the room of `components/` that shows it. */
export const en = {
  errors,
  reasons,
  home,
  lab,
  shell: {
    title: (page: string) => `${page} · Reseal`,
    skip: 'Skip to the content',
    brand: 'Reseal',
    nav: 'Main',
    home: 'Home',
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
    changed: 'You were logged out in another tab or on another device.',
    logoutFailed: 'Logging out did not work, you are still signed in:',
    notFoundTitle: 'There is nothing at this address',
    notFoundLead: 'The link may be old, or the page is switched off here.',
    errorTitle: 'Something failed on our side',
    errorLead: 'Your session is not affected. Reload the page, or come back in a moment.',
    toHome: 'Go to the home page',
  },
  login: {
    title: 'Log in',
    lead: 'Stay signed in from here on: refreshes happen behind the scenes.',
    username: 'Username',
    password: 'Password',
    submit: 'Log in',
    busy: 'Logging in…',
    provider: 'Log in with your provider',
    providerLead: 'You will be sent to your identity provider and come back here.',
    asking: 'Checking whether you are signed in…',
    welcome: 'You are signed in. One moment…',
    required: 'Enter your username and your password.',
  },
  notes: {
    title: 'Notes',
    lead: 'They live at the upstream. This page never sees the token that fetches them.',
    newLabel: 'New note',
    placeholder: 'Something worth keeping',
    add: 'Add note',
    adding: 'Adding…',
    loading: 'Loading your notes…',
    empty: 'No notes yet',
    emptyLead: 'Write the first one above.',
    failed: 'Your notes could not be loaded.',
    list: 'Your notes',
    edit: 'Edit',
    editOf: (text: string) => `Edit “${text}”`,
    editLabel: 'Note text',
    save: 'Save',
    cancel: 'Cancel',
    remove: 'Delete',
    removeOf: (text: string) => `Delete “${text}”`,
    removeSure: 'Delete this note?',
    removeYes: 'Yes, delete',
    removeNo: 'Keep it',
    attach: 'Attach a file',
    attachTo: (text: string) => `Attach a file to “${text}”`,
    replace: 'Replace file',
    uploading: (name: string) => `Uploading ${name}`,
    percent: (n: number) => `${n} %`,
    cancelUpload: 'Cancel upload',
    retryUpload: 'Upload again',
    dismiss: 'Dismiss',
    cancelled: (name: string) => `The upload of ${name} was cancelled.`,
    uploadFailed: (name: string) => `${name} was not uploaded.`,
    updated: (when: string) => `Changed ${when}`,
  },
  session: {
    title: 'Session',
    lead: 'What this browser may know of your session. The tokens are not part of it.',
    who: 'Signed in as',
    id: 'Session',
    version: 'Version',
    versionHint: 'Counts the refreshes of this session, from 1.',
    expires: 'Access token lives for',
    expired: 'expired; the next request refreshes it',
    unknownExpiry: 'not told by the issuer',
    ends: 'Session ends in',
    refresh: 'Refresh now',
    refreshing: 'Refreshing…',
    refreshed: (version: number) => `Refreshed: this is version ${version} now.`,
    logout: 'Log out',
    everywhere: 'Log out everywhere',
    everywhereHint: 'Ends every session of yours, on every device.',
    actions: 'What you can do',
    span: (ms: number) => span(ms),
  },
};

/** All that a language has to say. */
export type Messages = typeof en;

/** A duration in its two largest useful units. */
function span(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  if (s < 60) return seconds(s);
  if (s < 3600) return `${minutes(Math.floor(s / 60))} ${seconds(s % 60)}`;
  if (s < 86_400) return `${hours(Math.floor(s / 3600))} ${minutes(Math.floor((s % 3600) / 60))}`;
  return `${days(Math.floor(s / 86_400))} ${hours(Math.floor((s % 86_400) / 3600))}`;
}
