// Judge credentials and presentations with Digital Bazaar's libraries.
//
// stdin:  {documents: {url: document}, now, workFactor?,
//          questions: [{kind: "credential" | "presentation", document, challenge?, domain?}]}
// stdout: [{verified: boolean, error: string}], one for each question
//
// `now` is the time at which all are judged. `documents` are the contexts and DID documents (see documents.mjs).
// `workFactor` bounds RDF canonicalisation; without it the library's own bound holds (1: no more rounds than blank nodes that
// look alike).
import {readFileSync} from 'node:fs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite as jcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {loaderOf} from './documents.mjs';

const {documents, now, workFactor: maxWorkFactor, questions} = JSON.parse(readFileSync(0, 'utf8'));
const documentLoader = loaderOf(documents);
// Status lists are the business of another library: this one only wants to know that somebody looked.
const checkStatus = async () => ({verified: true});
const bounded = maxWorkFactor === undefined ? rdfc :
  {...rdfc, canonize: (input, options) => rdfc.canonize(input, {...options, maxWorkFactor})};

async function judge({kind, document, challenge, domain}) {
  const suite = [jcs(), bounded].map(cryptosuite => new DataIntegrityProof({cryptosuite}));
  const common = {suite, documentLoader, checkStatus, now};
  const judged = kind === 'credential' ?
    await vc.verifyCredential({...common, credential: document}) :
    await vc.verify({...common, presentation: document, challenge, domain});
  return {verified: judged.verified, error: [...messages(judged)].join('; ')};
}

// The message of every error in a result, however deep the library put it.
function* messages({error, presentationResult, credentialResults = []}) {
  for(const each of [error].flat().filter(Boolean)) {
    yield each.message;
    for(const inner of each.errors ?? []) {
      yield* messages({error: inner});
    }
  }
  for(const result of [presentationResult, ...credentialResults].filter(Boolean)) {
    yield* messages(result);
  }
}

const answers = [];
for(const question of questions) {
  answers.push(await judge(question).catch(error => ({verified: false, error: error.message})));
}
process.stdout.write(JSON.stringify(answers));
