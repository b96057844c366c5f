// How fast Digital Bazaar's library signs: one credential after another in one process, each with a new eddsa-jcs-2022 proof.
//
// stdin:  {documents: {url: document}, key: {id, controller, publicKeyMultibase, secretKeyMultibase}, date, seconds,
//          credentials: [credential]}
// stdout: {done, seconds, cpuSeconds}
import {readFileSync} from 'node:fs';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createSignCryptosuite as jcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {loaderOf} from './documents.mjs';

const {documents, key, date, seconds, credentials} = JSON.parse(readFileSync(0, 'utf8'));
const pair = await Ed25519Multikey.from({type: 'Multikey', ...key});
const documentLoader = loaderOf(documents);

async function sign(number) {
  const credential = structuredClone(credentials[number % credentials.length]);
  const suite = new DataIntegrityProof({signer: pair.signer(), date, cryptosuite: jcs()});
  return vc.issue({credential, suite, documentLoader, now: date});
}

// The first few hundred run in the interpreter, before V8 has compiled anything.
for(let number = 0; number < 500; number++) {
  await sign(number);
}
const used = process.cpuUsage();
const start = performance.now();
let done = 0;
while(performance.now() < start + 1000 * seconds) {
  await sign(done++);
}
const {user, system} = process.cpuUsage(used);
process.stdout.write(JSON.stringify({
  done, seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6
}));
