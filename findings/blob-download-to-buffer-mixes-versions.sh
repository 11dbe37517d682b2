#!/usr/bin/env bash
# Guessed:  downloadToBuffer() returns a blob as it was at one moment; one that is overwritten meanwhile makes
#           it fail with 412, as a download that resumes after a broken connection does.
# Happens:  it fetches ranges one by one, names no ETag with them, and resolves with the first ranges of
#           the old blob and the last ones of the new. With the ETag read first and given as a condition, it fails.
# Matters:  a report or a file of payouts that is written anew under its name while somebody loads it comes out
#           as half of each: the length is right, each row is well formed, and the totals are of no report.
set -euo pipefail
work=$(mktemp -d)
cleanup() {
  [ -z "${server:-}" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @azure/storage-blob@12.34.0 azurite@3.36.0
port=$(node -e 'const s = net.createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
key=$(head -c 64 /dev/urandom | base64 -w 0)
AZURITE_ACCOUNTS="house:$key" node node_modules/azurite/dist/src/blob/main.js --silent --disableTelemetry \
  --skipApiVersionCheck --location data --blobHost 127.0.0.1 --blobPort "$port" >/dev/null &
server=$!

cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { BlobServiceClient, newPipeline, StorageSharedKeyCredential } from '@azure/storage-blob';

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
console.log('storage-blob', version('@azure/storage-blob'), 'Azurite', version('azurite'), 'node', process.version);

const [account, key] = process.argv.slice(3);
const credential = new StorageSharedKeyCredential(account, key);
const url = `http://127.0.0.1:${process.argv[2]}/${account}`;
const writer = new BlobServiceClient(url, credential).getContainerClient('reports');
for (let tries = 0; ; tries++) {
  try {
    await writer.createIfNotExists();
    break;
  } catch (error) {
    if (tries > 20) throw error;
    await wait(500);
  }
}

const size = 8 * 1024 * 1024;
const november = Buffer.alloc(size, 'n');
const december = Buffer.alloc(size, 'D');
const report = writer.getBlockBlobClient('turnover.csv');

// A reader at whose third range somebody has overwritten the blob.
const pipeline = newPipeline(credential);
let ranges = 0;
pipeline.factories.unshift({
  create: (next) => ({
    async sendRequest(request) {
      if (request.method === 'GET' && ++ranges === 3) await report.upload(december, size);
      return next.sendRequest(request);
    },
  }),
});
const reader = new BlobServiceClient(url, pipeline).getContainerClient('reports').getBlockBlobClient('turnover.csv');
async function load(conditions) {
  ranges = 0;
  await report.upload(november, size);
  const { etag } = await reader.getProperties();
  const options = { blockSize: size / 8, concurrency: 1, conditions: conditions && { ifMatch: etag } };
  return reader.downloadToBuffer(0, undefined, options);
}

const loaded = await load(false);
const share = (byte) => loaded.filter((found) => found === byte.charCodeAt(0)).length / size;
console.log(`loaded ${loaded.length} bytes in ${ranges} ranges: ${share('n') * 8}/8 old, ${share('D') * 8}/8 new, no error`);
assert.equal(loaded.length, size);
assert.deepEqual([share('n'), share('D')], [2 / 8, 6 / 8]);

const refused = await load(true).catch((error) => error);
console.log('with the ETag as a condition:', refused.statusCode, refused.code);
assert.equal(refused.statusCode, 412);
JS
node try.mjs "$port" house "$key"
