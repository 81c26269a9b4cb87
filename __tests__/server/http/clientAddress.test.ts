import fc from 'fast-check';
import { createClientAddresses, networkOf, parseAddress } from '../../../server/http/clientAddress.ts';
import { createLog } from '../../../server/ops/log.ts';

test.each([
  ['203.0.113.9', '203.0.113.9'],
  [' 203.0.113.9\t', '203.0.113.9'],
  ['203.0.113.9:50001', '203.0.113.9'],
  ['"203.0.113.9:50001"', '203.0.113.9'],
  ['[2001:db8::1]:4711', '2001:db8:0:0:0:0:0:1'],
  ['"[2001:DB8::1]:4711"', '2001:db8:0:0:0:0:0:1'],
  ['[2001:db8::1]', '2001:db8:0:0:0:0:0:1'],
  ['2001:0db8:0000::0001', '2001:db8:0:0:0:0:0:1'],
  ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
  ['[fe80::1%25eth0]:80', 'fe80:0:0:0:0:0:0:1'],
  ['[fe80::1%eth0]:80', 'fe80:0:0:0:0:0:0:1'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::ffff:cb00:7109', '203.0.113.9'],
  ['[::ffff:203.0.113.9]:443', '203.0.113.9'],
  ['64:ff9b::203.0.113.9', '64:ff9b:0:0:0:0:cb00:7109'],
  ['::', '0:0:0:0:0:0:0:0'],
  ['::1', '0:0:0:0:0:0:0:1'],
])('%j is read as %j', (text, expected) => expect(parseAddress(text)).toBe(expected));

test.each([
  '', ' ', 'unknown', '_hidden', '_SEVKISEK', 'localhost', 'app.example', '203.0.113', '203.0.113.256', '203.0.113.9.1', '0x7f.1', '2130706433', '127.1', '010.0.0.1',
  '203.0.113.9:', '203.0.113.9:x', '203.0.113.9:123456', '[203.0.113.9]', '[203.0.113.9]:80', '[2001:db8::1', '2001:db8::1]', '[2001:db8::1]:', '2001:db8::1::2', ':::', '1:2:3:4:5:6:7:8:9',
  '"203.0.113.9', '203.0.113.9"', "'203.0.113.9'", 'for=203.0.113.9', '203.0.113.9;x', '203.0.113.9 203.0.113.8', '%eth0', '203.0.113.9\u0000', '٢٠٣.0.113.9', 'x'.repeat(5000), `${'['.repeat(99)}`,
])('%j is no address', (text) => expect(parseAddress(text)).toBeNull()); // prettier-ignore

test('every address is read in one spelling, which is read as itself', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const spelled = parseAddress(address);
      expect(spelled).not.toBeNull();
      expect(parseAddress(spelled ?? '')).toBe(spelled);
      expect(parseAddress(address.toUpperCase())).toBe(spelled);
    }),
  );
});

test('reading never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseAddress(text)));
});

test('the network of an IPv6 address is its first 64 bits, of IPv4 the address', () => {
  expect(networkOf('2001:db8:0:7:1::1')).toBe('2001:db8:0:7');
  expect(networkOf('2001:db8:0:7:ffff::')).toBe('2001:db8:0:7');
  expect(networkOf('::ffff:203.0.113.9')).toBe('203.0.113.9');
});

describe('the address of a client', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  beforeEach(() => void lines.splice(0));

  const find = (trustedProxies: number, forwarded?: string, remoteAddress = '127.0.0.1', more = {}) =>
    createClientAddresses(
      trustedProxies,
      log,
    )({
      headers: { ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }), ...more },
      remoteAddress,
    });

  test.each([
    [1, '198.51.100.1, 203.0.113.9:50001', '203.0.113.9'],
    [2, '198.51.100.1, 203.0.113.9', '198.51.100.1'],
    [2, '203.0.113.9', '127.0.0.1'],
    [1, 'unknown', '127.0.0.1'],
    [1, '203.0.113.9,', '127.0.0.1'],
    [1, '', '127.0.0.1'],
    [1, undefined, '127.0.0.1'],
  ])('behind %i proxies that wrote %j is %s', (proxies, forwarded, address) => {
    expect(find(proxies, forwarded)).toEqual({ address, isShared: false });
    expect(lines).toEqual([]);
  });

  test('is not read from Forwarded', () => {
    expect(find(1, undefined, '127.0.0.1', { forwarded: 'for=203.0.113.9' })).toMatchObject({
      address: '127.0.0.1',
    });
  });

  test.each(['127.0.0.1', '::1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.1.1', '100.64.0.1', 'fd00::1', 'fe80::1%eth0', '::ffff:10.0.0.1'])(
    'of the private peer %s that forwards without TRUSTED_PROXIES is shared, and the log says so once',
    (peer) => {
      const of = createClientAddresses(0, log);
      for (const headers of [{ 'x-forwarded-for': '203.0.113.9' }, { forwarded: 'for=203.0.113.9' }])
        expect(of({ headers, remoteAddress: peer }).isShared).toBe(true);
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 40, msg: expect.stringContaining('set TRUSTED_PROXIES') });
      expect(lines[0]).not.toContain('203.0.113.9');
    },
  ); // prettier-ignore

  test.each(['203.0.113.1', '172.32.0.1', '2001:db8::1', '11.0.0.1'])(
    'of the public peer %s is its own, whatever header it sends',
    (peer) => {
      expect(find(0, '198.51.100.1', peer).isShared).toBe(false);
      expect(lines).toEqual([]);
    },
  );

  test('of a private peer that forwards nothing is its own, also where Next added the header', () => {
    expect(find(0)).toEqual({ address: '127.0.0.1', isShared: false });
    expect(find(0, '127.0.0.1')).toEqual({ address: '127.0.0.1', isShared: false });
    expect(find(0, '::ffff:127.0.0.1', '::ffff:127.0.0.1')).toEqual({
      address: '127.0.0.1',
      isShared: false,
    });
    expect(lines).toEqual([]);
  });
});
