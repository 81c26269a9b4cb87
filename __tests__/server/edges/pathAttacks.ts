/** Prefixes that the proxy of these tests forwards; `/auth` so that only the exclusion guards the issuer's paths. */
export const ALLOWED = ['/notes', '/me', '/files/public', '/auth'];

const AFTER_PREFIX = [
  // Dot segments, plain and in every disguise that some parser takes off.
  '/notes/../admin', '/notes/..', '/notes/../', '/notes/./x', '/notes/.', '/notes/x/../../admin', '/../notes', '/./notes',
  '/notes/%2e%2e/admin', '/notes/%2E%2E/admin', '/notes/.%2e/admin', '/notes/%2e./admin', '/notes/%2e/x', '/%2e%2e/notes',
  '/notes/%252e%252e/admin', '/notes/%25%32%65%25%32%65/admin', '/notes/..%2fadmin', '/notes/..%5cadmin', '/notes/..;/admin',
  '/notes/..;a=b/admin', '/notes/.;/x', '/notes/..%00/admin', '/notes/..%0d%0a/admin', '/notes/..%09/admin',
  '/notes/%c0%ae%c0%ae/admin', '/notes/%e0%80%ae%e0%80%ae/admin', '/notes/%uff0e%uff0e/admin', '/notes/%u002e%u002e/admin',
  '/notes/%ef%bc%8e%ef%bc%8e/admin', '/notes/%e2%80%a5/admin', '/notes/.%ef%bc%8e/admin', '/files/public/../private',
  '/notes/..?x=1', '/notes/../../../../../../etc/passwd', '/notes/.../../admin',
  // Slashes that are not written as slashes.
  '/notes%2fx', '/notes%2Fx', '/notes%5cx', '/notes%5Cx', '/notes\\x', '/notes\\..\\admin', '/notes/%2f%2fevil.example',
  '/notes%252fx', '/notes%255cx', '/notes/%c0%afadmin', '/notes/%e0%80%afadmin', '/notes/%ef%bc%8fadmin',
  '/notes/%ef%bc%8f..%ef%bc%8fadmin', '/notes/%ef%bc%bcadmin', '\\notes', '/notes/x\\', '/notes/%5c..%5cadmin',
  '/notes/%e2%88%96..%e2%88%96/../x',
  // Empty segments.
  '//notes', '/notes//x', '//evil.example/notes', '///notes', '/notes//', '/notes/x//../y', '//', '/notes///x',
  // Other hosts, absolute forms, user parts.
  '/@evil.example/notes', '/http://evil.example/notes', '/http:%2f%2fevil.example', '@evil.example', ':80/notes', '.evil.example/notes',
  '/evil.example', '/127.0.0.1/notes', '/[::1]/notes', '/file:///etc/passwd', '/notes@evil.example', '/notes:80',
  // Matrix parameters, NUL, control characters, what is no ASCII.
  '/notes;x=1', '/notes/;/admin', '/notes%3bx', '/notes%3Bx', '/notes/1;jsessionid=2', '/notes%00', '/notes/%00', '/notes%00/../admin',
  '/notes/%0a', '/notes/%0d%0aX-Evil:%201', '/notes/%09', '/notes/%1f', '/notes/%7f', '/notes/\u00e9', '/notes/\u0001', '/notes/\u007f',
  '/notes\u00a0', '/notes/\u00ff', '/notes#x', '/notes/#/../admin', '/notes?x#y', '/notes?\u00e9', '/notes?x=\u0001',
  // Escapes that are none, and escapes twice over.
  '/notes/%', '/notes/%2', '/notes/%zz', '/notes/%g0', '/notes/%%32%66', '/notes/%2525', '/notes/%25', '/notes/%ff', '/notes/%c3', '/notes/%ed%a0%80',
  '/notes/%fc%80%80%80%80%ae', '/notes/%C1%9C',
  // Names that only begin like an allowed one, or are written otherwise.
  '', '/', '/notes2', '/notesx/1', '/note', '/not', '/NOTES', '/Notes/1', '/%6eotes', '/n%6ftes', '/no/tes', '/files', '/files/publi',
  '/files/public2', '/files/private', '/admin', '/me2', '/mE', '/notes.json', '/notes-old', '/notes%20', '/%20notes', '/notes+', '/*', '/.notes',
  // The issuer's own paths, which an allowed prefix covers.
  '/auth/login', '/auth/refresh', '/auth/logout', '/AUTH/LOGIN', '/auth/Login', '/auth/login/', '/auth/login/x', '/auth/login?x=1', '/auth/LOGOUT/',
  '/auth/%6cogin', '/auth/logi%6e', '/auth/%6c%6f%67%69%6e', '/auth/%4cogin', '/auth/refre%73h', '/auth/%72efresh?x', '/auth/refre%c5%bfh',
  '/auth/log%ef%bd%89n', '/auth/login%20', '/auth/login.', '/auth/login%20/x', '/auth/login./', '/auth/login%c2%a0',
]; // prettier-ignore

/** Whole targets that have nothing before the path, or another thing. */
const WHOLE = [
  'http://evil.example/api/upstream/notes', 'http://127.0.0.1/api/upstream/notes', 'https://app.example/notes', '//evil.example/api/upstream/notes',
  '/api/upstreamnotes', '/API/UPSTREAM/notes', '/api/Upstream/notes', '/api//upstream/notes', '/api/./upstream/notes',
  '/api/upstream/../upstream/notes', '/x/../api/upstream/notes', '/api%2fupstream/notes', '/%61pi/upstream/notes', '/notes', '*', 'notes',
  '/api/user', '/api/upstream?x=/notes', '/api/upstream%2fnotes', '/api/upstream;/notes', 'api/upstream/notes',
]; // prettier-ignore

/** Request targets that must reach no upstream, each as it stands on the request line. */
export const ATTACKS: readonly string[] = [...AFTER_PREFIX.map((rest) => `/api/upstream${rest}`), ...WHOLE];

/** Targets that are good, and go on as they are. */
export const GOOD: readonly string[] = [
  '/notes', '/notes/', '/notes/1', '/notes?', '/notes?limit=2&limit=3', '/notes/a%20b', '/notes/%ed%95%9c%ea%b8%80', '/notes/1.txt', '/notes/..hidden',
  '/notes/...', '/notes/a..b', '/notes/a.', '/notes/a:b@c', "/notes/~a!$&'()*+,=", '/notes/%3f%23', '/notes?next=/../..//x', '/notes?u=http://evil.example/',
  '/notes?x=%00%2e%2e%2f', '/notes?a[]=1&b={}', '/notes/%41', '/files/public', '/files/public/a/b/c', '/me', '/auth/profile', '/auth/loginx', '/auth',
  '/notes/auth/login', '/notes/%E2%82%AC', '/notes/a%2Bb', '/notes/%40%3a', '/notes?;x', '/notes?\\', '/notes?"<>^`|',
]; // prettier-ignore
