import type { FastifyInstance } from 'fastify';

/** The routes that there are, each as a pattern of paths with the methods that it has. */
const routes = new WeakMap<FastifyInstance['server'], Map<string, Set<string>>>();

/** Remembers the routes that are added from now on, for what is asked by a method that they do not have. */
export function rememberMethods(app: FastifyInstance): void {
  const known = new Map<string, Set<string>>();
  routes.set(app.server, known);
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    known.set(url, methods);
  });
}

/** By which methods a path may be asked; none when there is no such path. */
export function methodsOf(app: FastifyInstance, path: string): string[] {
  const found = [...(routes.get(app.server) ?? [])].filter(([url]) => matches(url, path));
  return [...new Set(found.flatMap(([, methods]) => [...methods]))].sort();
}

function matches(url: string, path: string): boolean {
  const [parts, given] = [url.split('/'), path.split('/')];
  return (
    parts.length === given.length &&
    parts.every((part, i) => (part.startsWith(':') ? given[i] !== '' : part === given[i]))
  );
}
