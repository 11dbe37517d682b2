import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A wire to a server, which a test can cut: then the server is away, as far as anybody can see. */
export async function cuttableWire(to: string) {
  const { hostname, port } = new URL(to);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    return socket;
  };
  const relay = createServer((near) => {
    const far = keep(connect(Number(port), hostname));
    keep(near).pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const url = new URL(to);
  url.host = `127.0.0.1:${(relay.address() as AddressInfo).port}`;
  return {
    url: url.href,
    cut() {
      relay.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
