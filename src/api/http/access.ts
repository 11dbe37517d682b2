import {
  applyDecorators,
  createParamDecorator,
  Inject,
  Injectable,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Cause } from '../../database/change-state.ts';
import type { ActorKind } from '../../domain/lifecycle/lifecycle.ts';
import { TOKENS } from '../dependencies.ts';
import { perHandler } from './per-handler.ts';
import { forbidden } from './problem.ts';
import { unauthorized, type Caller, type Role, type TokenVerifier } from './tokens.ts';

const ALLOWED_ROLES = 'gavel:allowedRoles';

type Allowed = readonly Role[] | 'anyone';

const allowedIn = (context: ExecutionContext): Allowed | undefined =>
  new Reflector().getAllAndOverride<Allowed | undefined>(ALLOWED_ROLES, [
    context.getHandler(),
    context.getClass(),
  ]);

export const isOpenToAnyone = (context: ExecutionContext): boolean =>
  allowedIn(context) === 'anyone';

/** Only callers with one of these roles; an admin is of the house. Without this, a route is closed. */
export const Allow = (...roles: Role[]) =>
  applyDecorators(
    SetMetadata(ALLOWED_ROLES, roles),
    ApiBearerAuth(),
    ApiExtension('x-roles', [...roles, 'admin']),
  );

/** For webhooks, which prove themselves by a signature, and for health checks. */
export const AllowAnyone = () => SetMetadata(ALLOWED_ROLES, 'anyone');

/** Operators and finance: who works for the house sees everything, and an admin stands in for each. */
const HOUSE: readonly Role[] = ['operator', 'finance'];

/** The caller, and the role in which this route let them in. What is read is what each role sees. */
export interface Access extends Caller {
  readonly actingAs: Role;
  /** Operators and finance see everything; bidders and sellers see what is theirs. */
  readonly seesAll: boolean;
}

export const CurrentAccess = createParamDecorator(
  (_: unknown, context: ExecutionContext): Access => requestIn(context).access!,
);

@Injectable()
export class AccessGuard implements CanActivate {
  private readonly allowedBy = perHandler(allowedIn);

  constructor(@Inject(TOKENS) private readonly tokens: TokenVerifier) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const allowed = this.allowedBy(context);
    if (allowed === 'anyone') return true;
    const request = requestIn(context);
    const caller = this.tokens(bearerOf(request));
    // A promise for what is known already would cost each bid several turns of the event loop's queue.
    return caller instanceof Promise
      ? caller.then((verified) => admit(request, verified, allowed ?? []))
      : admit(request, caller, allowed ?? []);
  }
}

function admit(request: FastifyRequest, caller: Caller, allowed: readonly Role[]): true {
  const actingAs = roleFor(caller, allowed);
  request.access = { ...caller, actingAs, seesAll: HOUSE.includes(actingAs) };
  return true;
}

/** RFC 9110: the name of a scheme is written in any case. */
const BEARER = /^bearer +/i;

function bearerOf(request: FastifyRequest): string {
  const given = request.headers.authorization ?? '';
  const scheme = BEARER.exec(given)?.[0];
  if (!scheme) throw unauthorized('Send a token: "Authorization: Bearer ...".');
  return given.slice(scheme.length);
}

function roleFor(caller: Caller, allowed: readonly Role[]): Role {
  // The route lists its roles from the most to the least entitled.
  const isAdmin = caller.roles.includes('admin');
  const role = allowed.find(
    (each) => caller.roles.includes(each) || (isAdmin && HOUSE.includes(each)),
  );
  if (role) return role;
  throw forbidden(`This needs one of the roles ${allowed.join(', ')}.`);
}

/** What a change by this caller is recorded as. */
export function causeOf(request: FastifyRequest, reason?: string): Cause {
  const { actingAs, id } = request.access!;
  return {
    actorKind: actingAs as ActorKind,
    actorId: id,
    reason,
    correlationId: request.correlationId,
  };
}

export const requestIn = (context: ExecutionContext): FastifyRequest =>
  context.switchToHttp().getRequest<FastifyRequest>();
