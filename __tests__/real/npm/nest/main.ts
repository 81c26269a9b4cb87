import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  Headers,
  Inject,
  Injectable,
  Module,
  Post,
  UnauthorizedException,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';

/**
 * A NestJS app in the shape of the widely copied tutorials on refresh tokens: camelCase names, `201`, and the
 * refresh token as a bearer. Arguments: port, seconds that an access token lives. Listens on 127.0.0.1 only.
 */
const [port = '0', accessSeconds = '5'] = process.argv.slice(2);
const SECRETS = { access: 'an-access-secret-for-this-test-only', refresh: 'a-refresh-secret-for-this-test' };
const PEOPLE = [{ id: 7, username: 'ada', password: 'lovelace' }];

@Injectable()
class AuthService {
  /** The one refresh token of each session that still counts. */
  private readonly newest = new Map<string, string>();

  constructor(@Inject(JwtService) private readonly jwt: JwtService) {}

  signIn(username: string, password: string) {
    const person = PEOPLE.find((one) => one.username === username && one.password === password);
    if (!person) throw new UnauthorizedException();
    return this.issue(person.id, person.username, randomUUID());
  }

  refresh(authorization: string | undefined) {
    const { token, sub, username, session } = this.verify(authorization, 'refresh');
    if (this.newest.get(session) !== token) throw new ForbiddenException('Access Denied');
    return this.issue(sub, username, session);
  }

  logout(authorization: string | undefined) {
    this.newest.delete(this.verify(authorization, 'access').session);
  }

  verify(authorization: string | undefined, kind: keyof typeof SECRETS) {
    const token = authorization?.replace(/^Bearer /, '') ?? '';
    try {
      const claims = this.jwt.verify<{ sub: number; username: string; session: string }>(token, {
        secret: SECRETS[kind],
      });
      return { token, ...claims };
    } catch {
      throw new UnauthorizedException();
    }
  }

  private issue(sub: number, username: string, session: string) {
    const sign = (kind: keyof typeof SECRETS, expiresIn: number) =>
      this.jwt.sign({ sub, username, session, jti: randomUUID() }, { secret: SECRETS[kind], expiresIn });
    const refreshToken = sign('refresh', 7 * 86_400);
    this.newest.set(session, refreshToken);
    return { accessToken: sign('access', Number(accessSeconds)), refreshToken };
  }
}

@Controller('auth')
class AuthController {
  constructor(@Inject(AuthService) private readonly auth: AuthService) {}

  @Post('login')
  login(@Body() { username, password }: { username: string; password: string }) {
    return this.auth.signIn(username, password);
  }

  @Post('refresh')
  refresh(@Headers('authorization') authorization: string | undefined) {
    return this.auth.refresh(authorization);
  }

  @Post('logout')
  logout(@Headers('authorization') authorization: string | undefined) {
    this.auth.logout(authorization);
  }

  @Get('profile')
  profile(@Headers('authorization') authorization: string | undefined) {
    const { sub, username } = this.auth.verify(authorization, 'access');
    return { id: sub, username };
  }
}

@Module({ imports: [JwtModule.register({})], controllers: [AuthController], providers: [AuthService] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error'] });
app.use((request: { method: string; url: string }, _response: unknown, next: () => void) => {
  process.stdout.write(`${request.method} ${request.url}\n`);
  next();
});
await app.listen(Number(port), '127.0.0.1');
process.stdout.write('ready\n');
