// Sign a credential or presentation with Digital Bazaar's libraries, for medcred to judge.
//
// stdin:  {documents: {url: document}, cryptosuite, key: {id, controller, publicKeyMultibase, secretKeyMultibase}, date,
//          kind: "credential" | "presentation", document, challenge?, domain?}
// stdout: the signed document
import {readFileSync} from 'node:fs';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createSignCryptosuite as jcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {loaderOf} from './documents.mjs';

const {documents, cryptosuite, key, date, kind, document, challenge, domain} = JSON.parse(readFileSync(0, 'utf8'));
const pair = await Ed25519Multikey.from({type: 'Multikey', ...key});
const suite = new DataIntegrityProof({
  signer: pair.signer(), date, cryptosuite: cryptosuite === 'eddsa-jcs-2022' ? jcs() : rdfc
});
const documentLoader = loaderOf(documents);

const signed = kind === 'credential' ?
  await vc.issue({credential: document, suite, documentLoader, now: date}) :
  await vc.signPresentation({presentation: document, suite, documentLoader, challenge, domain});
process.stdout.write(JSON.stringify(signed));
