// A patient's wallet written by others: Credo-TS 0.5.19, told what to do by a test.
//
// stdin:  one JSON object a line, {do: name, …}; the wallet closes when stdin does
// stdout: one JSON object a line, the answer {result} or {error}; everything else goes to stderr
//
//   start      {port, folder, contexts}   open a new wallet in `folder`, listen on `port` of loopback; {result: null}
//   connect    {url}                      take in an out-of-band invitation, wait for the connection; {result: their label}
//   createDid  {}                         a new did:key (Ed25519) of this wallet; {result: did}
//   credential {within}                  wait for an offered credential to be stored or refused; {result: {state, error, credential}}
//   presented  {within}                  wait for a request to be answered and acknowledged or refused; {result: {state, error}}
//   held       {}                         the credentials in the wallet; {result: […]}
//
// The wallet says yes to everything it is asked. It loads no document from the network: `contexts`, what Credo ships, and did:key.
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

const require = createRequire(import.meta.url);
const {
  Agent, AutoAcceptCredential, AutoAcceptProof, ConnectionsModule, ConsoleLogger, CredentialsModule, CredentialState,
  DifPresentationExchangeProofFormatService, HttpOutboundTransport, JsonLdCredentialFormatService, KeyDerivationMethod, KeyType,
  LogLevel, ProofsModule, ProofState, V2CredentialProtocol, V2ProofProtocol, W3cCredentialsModule, W3cCredentialsModuleConfig
} = require('@credo-ts/core');
const {AskarModule} = require('@credo-ts/askar');
const {agentDependencies, HttpInboundTransport} = require('@credo-ts/node');
const {ariesAskar} = require('@hyperledger/aries-askar-nodejs');
const {DEFAULT_CONTEXTS} = require('@credo-ts/core/build/modules/vc/data-integrity/libraries/contexts');
const express = require('express');

const CONNECTING_SECONDS = 20;
let agent;

// Credo's own loader for DIDs; contexts from what is at hand; nothing else.
function offlineLoader(contexts) {
  return agentContext => {
    const credos = new W3cCredentialsModuleConfig().documentLoader(agentContext);
    return async url => {
      if(url.startsWith('did:')) {
        return credos(url);
      }
      const document = contexts[url] ?? DEFAULT_CONTEXTS[url];
      if(!document) {
        throw new Error(`not among the contexts given: ${url}`);
      }
      return {contextUrl: null, documentUrl: url, document};
    };
  };
}

function loopbackOnly() {
  const app = express();
  const listen = app.listen.bind(app);
  app.listen = port => listen(port, '127.0.0.1');
  return app;
}

async function until(look, seconds, what) {
  const deadline = Date.now() + seconds * 1000;
  while(Date.now() < deadline) {
    const found = await look();
    if(found) {
      return found;
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`never happened: ${what}`);
}

// The one exchange of `records` whose state is among `states`; it is forgotten afterwards, so that the next one is found next.
async function ended(api, states, seconds, what) {
  return until(async () => (await api.getAll()).find(record => states.includes(record.state)), seconds, what);
}

const commands = {
  async start({port, folder, contexts}) {
    agent = new Agent({
      config: {
        label: "Patient's wallet (Credo)",
        walletConfig: {
          id: 'patient',
          key: ariesAskar.storeGenerateRawKey({}),
          keyDerivationMethod: KeyDerivationMethod.Raw,
          storage: {type: 'sqlite', config: {path: join(folder, 'wallet.db')}}
        },
        endpoints: [`http://127.0.0.1:${port}`],
        logger: new ConsoleLogger(LogLevel.warn)
      },
      dependencies: agentDependencies,
      modules: {
        askar: new AskarModule({ariesAskar}),
        connections: new ConnectionsModule({autoAcceptConnections: true}),
        credentials: new CredentialsModule({
          autoAcceptCredentials: AutoAcceptCredential.Always,
          credentialProtocols: [new V2CredentialProtocol({credentialFormats: [new JsonLdCredentialFormatService()]})]
        }),
        proofs: new ProofsModule({
          autoAcceptProofs: AutoAcceptProof.Always,
          proofProtocols: [new V2ProofProtocol({proofFormats: [new DifPresentationExchangeProofFormatService()]})]
        }),
        // Credo finds the loader under this name and no other.
        w3cCredentials: new W3cCredentialsModule({documentLoader: offlineLoader(contexts)})
      }
    });
    agent.registerInboundTransport(new HttpInboundTransport({app: loopbackOnly(), port}));
    agent.registerOutboundTransport(new HttpOutboundTransport());
    await agent.initialize();
    return null;
  },

  async connect({url}) {
    const {connectionRecord} = await agent.oob.receiveInvitationFromUrl(url);
    const ready = await agent.connections.returnWhenIsConnected(connectionRecord.id, {timeoutMs: CONNECTING_SECONDS * 1000});
    return ready.theirLabel;
  },

  async createDid() {
    const {didState} = await agent.dids.create({method: 'key', options: {keyType: KeyType.Ed25519}});
    return didState.did;
  },

  async credential({within}) {
    const states = [CredentialState.Done, CredentialState.Abandoned, CredentialState.Declined];
    const record = await ended(agent.credentials, states, within, 'a credential');
    const [stored] = record.credentials;
    const credential = stored && await agent.w3cCredentials.getCredentialRecordById(stored.credentialRecordId);
    await agent.credentials.deleteById(record.id, {deleteAssociatedCredentials: false});
    return {state: record.state, error: record.errorMessage ?? '', credential: credential?.credential.encoded};
  },

  async presented({within}) {
    const states = [ProofState.Done, ProofState.Abandoned, ProofState.Declined];
    const record = await ended(agent.proofs, states, within, 'a presentation');
    await agent.proofs.deleteById(record.id);
    return {state: record.state, error: record.errorMessage ?? ''};
  },

  async held() {
    return (await agent.w3cCredentials.getAllCredentialRecords()).map(record => record.credential.encoded);
  }
};

for await (const line of createInterface({input: process.stdin})) {
  const {do: name, ...rest} = JSON.parse(line);
  const answer = await commands[name](rest).then(result => ({result}), error => ({error: `${error}`}));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await agent?.shutdown();
process.exit(0);
