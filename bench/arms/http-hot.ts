import { overHttp } from './over-http.ts';

export const httpHot = overHttp('http-hot', 1);
