import type { IncomingMessage } from 'node:http';
import { deviceOf } from '../../server/http/device.ts';

const named = (agent?: string) =>
  deviceOf({ headers: agent === undefined ? {} : { 'user-agent': agent } } as IncomingMessage);

test.each([
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1', 'Safari', 'iOS'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'macOS'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0', 'Microsoft Edge', 'Windows'],
])('a browser is named as its person knows it: %s', (agent, browser, system) => {
  expect(named(agent)).toEqual({ browser, system });
}); // prettier-ignore

test.each([
  undefined,
  '',
  ' ',
  '(((',
  '\u0007',
  `${'long '.repeat(20)}/1 `,
  '<b>bold</b>/1 ',
  '�/1 '.repeat(4000),
])('what no one knows has no name, and does no harm: %j', (agent) => {
  expect(named(agent)).toEqual({ browser: null, system: null });
});
