// All documents there are for one run: contexts and DID documents, handed over by the caller. Nothing is fetched.

// A loader for `documents`, {url: document}. A verification method is found in the DID document before its `#`.
export function loaderOf(documents) {
  return async url => ({contextUrl: null, documentUrl: url, document: find(documents, url)});
}

function find(documents, url) {
  const found = documents[url];
  if(found) {
    return found;
  }
  const controller = documents[url.split('#')[0]];
  const method = controller?.verificationMethod?.find(each => each.id === url);
  if(!method) {
    throw new Error(`not among the documents given: ${url}`);
  }
  return method;
}
