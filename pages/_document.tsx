import { Head, Html, Main, NextScript } from 'next/document';

/** The frame of every page. No script of its own, so that a strict content security policy can hold. */
export default function Document() {
  return (
    <Html lang="en">
      <Head>
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#f7f6f3" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#141517" media="(prefers-color-scheme: dark)" />
        <link rel="icon" href="data:," />
      </Head>
      <body>
        <Main />
        <NextScript />
      </body>
    </Html>
  );
}
