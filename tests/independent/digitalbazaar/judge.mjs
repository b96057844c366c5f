// Judge one credential or presentation with Digital Bazaar's libraries.
//
// stdin:  {kind: "credential" | "presentation", document, cryptosuite, challenge?, domain?, documents: {url: document}}
// stdout: {verified: boolean, error: string}
//
// `documents` are all contexts and DID documents there are: nothing is fetched.
import {readFileSync} from 'node:fs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {createVerifyCryptosuite as jcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import jsigs from 'jsonld-signatures';

const input = JSON.parse(readFileSync(0, 'utf8'));
const cryptosuite = input.cryptosuite === 'eddsa-jcs-2022' ? jcs() : rdfc;
const suite = new DataIntegrityProof({cryptosuite});

// A verification method is asked for by its own id; it is found in the DID document before the `#`.
function find(url) {
  const found = input.documents[url];
  if(found) {
    return found;
  }
  const holder = input.documents[url.split('#')[0]];
  const method = holder?.verificationMethod?.find(each => each.id === url);
  if(!method) {
    throw new Error(`not among the documents given: ${url}`);
  }
  return {'@context': 'https://w3id.org/security/multikey/v1', ...method};
}

const documentLoader = async url => ({contextUrl: null, documentUrl: url, document: find(url)});
// The status list is checked elsewhere; here only that there is one.
const checkStatus = async () => ({verified: true});

const judged = input.kind === 'credential' ?
  await vc.verifyCredential({credential: input.document, suite, documentLoader, checkStatus}) :
  await vc.verify({
    presentation: input.document, suite, documentLoader, checkStatus, challenge: input.challenge, domain: input.domain,
    presentationPurpose: new jsigs.purposes.AuthenticationProofPurpose({challenge: input.challenge, domain: input.domain})
  });

const inner = judged.error?.errors?.map(error => error.message) ?? [];
process.stdout.write(JSON.stringify({verified: judged.verified, error: [judged.error?.message ?? '', ...inner].join('; ')}));
