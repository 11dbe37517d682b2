import { AUCTIONS } from '../support/arm.ts';
import { overHttp } from './over-http.ts';

export const httpSpread = overHttp('http-spread', AUCTIONS);
