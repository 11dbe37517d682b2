import 'reflect-metadata';
import {
  Body,
  Controller,
  createParamDecorator,
  Header,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  UseGuards,
  UseInterceptors,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { AccessGuard, requestIn } from './access.ts';
import { Direct, directHandler } from './direct.ts';
import { ValidationGuard } from './validation.ts';

const Method = createParamDecorator(
  (_: unknown, context: ExecutionContext) => requestIn(context).method,
);

@Controller()
class Auctions {
  readonly house = 'Gavel';

  @Post()
  @HttpCode(200)
  @Direct()
  place(
    @Method() method: string,
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: object,
  ) {
    return { house: this.house, method, id, body, request };
  }

  @Post()
  @HttpCode(200)
  ordinary() {}

  @Post()
  @Direct()
  created() {}

  @Post()
  @HttpCode(200)
  @Direct()
  @UseGuards(AccessGuard)
  guarded() {}

  @Post()
  @HttpCode(200)
  @Direct()
  @UseInterceptors(AccessGuard as never)
  intercepted() {}

  @Post()
  @HttpCode(200)
  @Direct()
  @Header('x-house', 'Gavel')
  headed() {}

  @Post()
  @HttpCode(200)
  @Direct()
  asking(@Query('page') page: string) {
    return page;
  }

  @Post()
  @HttpCode(200)
  @Direct()
  piped(@Param('id', { transform: Number }) id: number) {
    return id;
  }
}

type Answer = boolean | Promise<boolean>;

const appWith = (access: Answer, validation: Answer = true) =>
  ({
    get: (type: unknown) =>
      new Map<unknown, unknown>([
        [Auctions, new Auctions()],
        [AccessGuard, { canActivate: () => access }],
        [ValidationGuard, { canActivate: () => validation }],
      ]).get(type),
  }) as INestApplication;

const request = { method: 'POST', params: { id: 'clock' }, body: { maximumMinor: 5 } };

const call = async (app: INestApplication) =>
  (directHandler(Auctions.prototype.place, app) as (...given: unknown[]) => unknown)(
    request as unknown as FastifyRequest,
    {} as FastifyReply,
  );

describe('a direct handler', () => {
  it.each<[string, Answer]>([
    ['at once', true],
    ['later', Promise.resolve(true)],
  ])('gets the parameters that it names, when the guards agree %s', async (_, access) => {
    expect(await call(appWith(access))).toEqual({
      house: 'Gavel',
      method: 'POST',
      id: 'clock',
      body: request.body,
      request,
    });
  });

  it.each<[string, Answer, Answer]>([
    ['the first guard', false, true],
    ['the second guard', true, false],
    ['a guard who takes time', Promise.resolve(false), true],
    ['the second guard, after one who took time', Promise.resolve(true), false],
    ['the second guard, who takes time', true, Promise.resolve(false)],
  ])('is not called when %s says no', async (_, access, validation) => {
    await expect(call(appWith(access, validation))).rejects.toMatchObject({ status: 403 });
  });

  it.each([
    ['created', 'another status than 200'],
    ['guarded', '__guards__'],
    ['intercepted', '__interceptors__'],
    ['headed', '__headers__'],
    ['asking', 'parameter as number 0'],
    ['piped', 'parameter as number 0'],
  ] as const)('may not ask for what Nest alone does: %s', (method, why) => {
    const marked = () => directHandler(Auctions.prototype[method], appWith(true));
    expect(marked).toThrow(`Auctions.${method} cannot be direct`);
    expect(marked).toThrow(why);
  });

  it('is made of none that is not marked', () => {
    expect(directHandler(Auctions.prototype.ordinary, appWith(true))).toBeUndefined();
  });
});
