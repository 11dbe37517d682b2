import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * As little HTTP/1.1 as a load generator needs, since it shares the machine with what it measures:
 * one keep-alive connection, one request at a time, answers with a Content-Length.
 */
export class Connection {
  private received = '';
  private answer: ((status: number) => void) | undefined;
  private fail: ((error: Error) => void) | undefined;
  private readonly socket: Socket;

  private constructor(
    port: number,
    private readonly constantHeaders: string,
  ) {
    // Read into one buffer: a stream would make a new one, and an event, for each answer.
    const onread = {
      buffer: Buffer.allocUnsafe(LARGEST_READ_BYTES),
      callback: (bytes: number, buffer: Uint8Array) => {
        this.receive(Buffer.from(buffer.buffer, buffer.byteOffset, bytes).toString('latin1'));
        return true;
      },
    };
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    this.socket.on('error', (error) => this.fail?.(error));
    this.socket.on('close', () => this.fail?.(new Error('The API has closed the connection.')));
  }

  static async open(port: number, token: string): Promise<Connection> {
    const headers =
      `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Type: application/json\r\n';
    const connection = new Connection(port, headers);
    await once(connection.socket, 'connect');
    return connection;
  }

  /** The status of the answer. The body is ASCII. */
  post(path: string, idempotencyKey: string, body: string): Promise<number> {
    return new Promise((answer, fail) => {
      this.answer = answer;
      this.fail = fail;
      this.socket.write(
        `POST ${path} HTTP/1.1\r\n${this.constantHeaders}Idempotency-Key: ${idempotencyKey}\r\n` +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
        'latin1',
      );
    });
  }

  close(): void {
    this.fail = undefined;
    this.socket.destroy();
  }

  private receive(text: string): void {
    this.received = this.received === '' ? text : this.received + text;
    const headersEnd = this.received.indexOf('\r\n\r\n');
    if (headersEnd < 0) return;
    if (this.received.length < headersEnd + 4 + bodyLength(this.received)) return;
    const status = Number(this.received.slice(9, 12)); // After "HTTP/1.1 ".
    this.received = '';
    this.answer?.(status);
  }
}

const LARGEST_READ_BYTES = 16 * 1024;
const LENGTH = 'content-length: ';

function bodyLength(answer: string): number {
  const start = answer.indexOf(LENGTH);
  if (start < 0) throw new Error(`An answer without a Content-Length: ${answer.slice(0, 200)}`);
  return Number.parseInt(answer.slice(start + LENGTH.length, start + LENGTH.length + 12), 10);
}
