var __decorate = (this && this.__decorate) || function (decorators, target, key, desc) {
    var c = arguments.length, r = c < 3 ? target : desc === null ? desc = Object.getOwnPropertyDescriptor(target, key) : desc, d;
    if (typeof Reflect === "object" && typeof Reflect.decorate === "function") r = Reflect.decorate(decorators, target, key, desc);
    else for (var i = decorators.length - 1; i >= 0; i--) if (d = decorators[i]) r = (c < 3 ? d(r) : c > 3 ? d(target, key, r) : d(target, key)) || r;
    return c > 3 && r && Object.defineProperty(target, key, r), r;
};
var __param = (this && this.__param) || function (paramIndex, decorator) {
    return function (target, key) { decorator(target, key, paramIndex); }
};
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Body, Controller, ForbiddenException, Get, Headers, Inject, Injectable, Module, Post, UnauthorizedException, } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
/**
 * A NestJS app in the shape of the widely copied tutorials on refresh tokens: camelCase names, `201`, and the
 * refresh token as a bearer. Arguments: port, seconds that an access token lives. Listens on 127.0.0.1 only.
 */
const [port = '0', accessSeconds = '5'] = process.argv.slice(2);
const SECRETS = { access: 'an-access-secret-for-this-test-only', refresh: 'a-refresh-secret-for-this-test' };
const PEOPLE = [{ id: 7, username: 'ada', password: 'lovelace' }];
let AuthService = class AuthService {
    jwt;
    /** The one refresh token of each session that still counts. */
    newest = new Map();
    constructor(jwt) {
        this.jwt = jwt;
    }
    signIn(username, password) {
        const person = PEOPLE.find((one) => one.username === username && one.password === password);
        if (!person)
            throw new UnauthorizedException();
        return this.issue(person.id, person.username, randomUUID());
    }
    refresh(authorization) {
        const { token, sub, username, session } = this.verify(authorization, 'refresh');
        if (this.newest.get(session) !== token)
            throw new ForbiddenException('Access Denied');
        return this.issue(sub, username, session);
    }
    logout(authorization) {
        this.newest.delete(this.verify(authorization, 'access').session);
    }
    verify(authorization, kind) {
        const token = authorization?.replace(/^Bearer /, '') ?? '';
        try {
            const claims = this.jwt.verify(token, {
                secret: SECRETS[kind],
            });
            return { token, ...claims };
        }
        catch {
            throw new UnauthorizedException();
        }
    }
    issue(sub, username, session) {
        const sign = (kind, expiresIn) => this.jwt.sign({ sub, username, session, jti: randomUUID() }, { secret: SECRETS[kind], expiresIn });
        const refreshToken = sign('refresh', 7 * 86_400);
        this.newest.set(session, refreshToken);
        return { accessToken: sign('access', Number(accessSeconds)), refreshToken };
    }
};
AuthService = __decorate([
    Injectable(),
    __param(0, Inject(JwtService))
], AuthService);
let AuthController = class AuthController {
    auth;
    constructor(auth) {
        this.auth = auth;
    }
    login({ username, password }) {
        return this.auth.signIn(username, password);
    }
    refresh(authorization) {
        return this.auth.refresh(authorization);
    }
    logout(authorization) {
        this.auth.logout(authorization);
    }
    profile(authorization) {
        const { sub, username } = this.auth.verify(authorization, 'access');
        return { id: sub, username };
    }
};
__decorate([
    Post('login'),
    __param(0, Body())
], AuthController.prototype, "login", null);
__decorate([
    Post('refresh'),
    __param(0, Headers('authorization'))
], AuthController.prototype, "refresh", null);
__decorate([
    Post('logout'),
    __param(0, Headers('authorization'))
], AuthController.prototype, "logout", null);
__decorate([
    Get('profile'),
    __param(0, Headers('authorization'))
], AuthController.prototype, "profile", null);
AuthController = __decorate([
    Controller('auth'),
    __param(0, Inject(AuthService))
], AuthController);
let AppModule = class AppModule {
};
AppModule = __decorate([
    Module({ imports: [JwtModule.register({})], controllers: [AuthController], providers: [AuthService] })
], AppModule);
const app = await NestFactory.create(AppModule, { logger: ['error'] });
app.use((request, _response, next) => {
    process.stdout.write(`${request.method} ${request.url}\n`);
    next();
});
await app.listen(Number(port), '127.0.0.1');
process.stdout.write('ready\n');
