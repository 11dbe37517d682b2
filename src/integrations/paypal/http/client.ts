import { Client } from '@paypal/paypal-server-sdk';
import type { Configuration } from '@paypal/paypal-server-sdk';

/**
 * The SDK's client, for any base URL: the SDK itself knows PayPal's two environments only.
 * The token call goes to the same base URL.
 */
export class RebasedClient extends Client {
  private readonly baseUrl: string;

  constructor(configuration: Partial<Configuration>, baseUrl: string) {
    super(configuration);
    this.baseUrl = baseUrl.replace(/\/+$/, '');
  }

  override getRequestBuilderFactory(): ReturnType<Client['getRequestBuilderFactory']> {
    const inner = super.getRequestBuilderFactory();
    return (method, path) => {
      const builder = inner(method, path);
      builder.interceptRequest((request) => ({
        ...request,
        url: request.url.replace(/^https:\/\/[^/]+/, this.baseUrl),
      }));
      return builder;
    };
  }
}
