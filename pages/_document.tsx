import { randomBytes } from 'node:crypto';
import NextDocument, { Head, Html, Main, NextScript, type DocumentContext } from 'next/document';
import { DESCRIPTION } from '../components/messages/description.ts';
import { WITHOUT_SCRIPT } from '../components/messages/withoutScript.ts';
import { COOKIE_NAME_META, DEFAULT_COOKIE_NAME } from '../contract/hint.ts';
import { localeOf } from '../contract/locale.ts';
import { pagePolicy, reportingEndpoints } from '../server/http/securityHeaders.ts';

interface DocumentProps {
  /** What lets the one inline script of Next run, and no other. */
  readonly nonce: string;
  /** Link previews want an absolute address. */
  readonly socialImage: string | null;
  /** Tells the browser which hint cookie is this app's. */
  readonly cookieName: string;
}

/** The frame of every page. No script of its own; a new nonce for each answer. */
export default class Document extends NextDocument<DocumentProps> {
  static override async getInitialProps(context: DocumentContext) {
    const nonce = randomBytes(16).toString('base64');
    // Checked with the other settings when the server starts.
    const reportUri = process.env['CSP_REPORT_URI'] || undefined;
    const isDevelopment = process.env.NODE_ENV === 'development';
    context.res?.setHeader('Content-Security-Policy', pagePolicy({ isDevelopment, nonce, reportUri }));
    if (reportUri) context.res?.setHeader('Reporting-Endpoints', reportingEndpoints(reportUri));
    const appUrl = process.env['APP_URL'];
    const socialImage = appUrl ? new URL('/social.png', appUrl).href : null;
    const cookieName = process.env['COOKIE_NAME'] || DEFAULT_COOKIE_NAME;
    return { ...(await NextDocument.getInitialProps(context)), nonce, socialImage, cookieName };
  }

  override render() {
    const { nonce, locale, socialImage, cookieName } = this.props;
    const description = DESCRIPTION[localeOf(locale)];
    return (
      <Html>
        <Head nonce={nonce}>
          <meta name={COOKIE_NAME_META} content={cookieName} />
          <meta name="color-scheme" content="light dark" />
          <meta name="theme-color" content="#f7f6f3" media="(prefers-color-scheme: light)" />
          <meta name="theme-color" content="#141517" media="(prefers-color-scheme: dark)" />
          <meta name="description" content={description} />
          <meta property="og:type" content="website" />
          <meta property="og:site_name" content="Reseal" />
          <meta property="og:description" content={description} />
          {socialImage && <meta property="og:image" content={socialImage} />}
          <meta name="twitter:card" content="summary_large_image" />
          <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
        </Head>
        <body>
          <noscript>
            <p className="bg-warn-soft px-4 py-3 text-center text-sm text-warn">
              {WITHOUT_SCRIPT[localeOf(locale)]}
            </p>
          </noscript>
          <Main />
          <NextScript nonce={nonce} />
        </body>
      </Html>
    );
  }
}
