// Find a QR code with the camera or in a picture, then follow the link it holds.
//
// The browser's own BarcodeDetector is used where there is one. Elsewhere the picture's grey values go to this wallet's own
// service, which decodes and forgets them.

const SIDE = 960;
const PAUSE = 400;

const scanner = document.getElementById("scanner");
const camera = document.getElementById("camera");
const show = (id, visible = true) => { document.getElementById(id).hidden = !visible; };

const detector = "BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")
  ? new BarcodeDetector({ formats: ["qr_code"] })
  : null;

function draw(source, width, height) {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

async function read(canvas) {
  if (detector) return (await detector.detect(canvas))[0]?.rawValue ?? null;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const grey = new Uint8Array(canvas.width * canvas.height);
  for (let i = 0; i < grey.length; i += 1) grey[i] = (data[4 * i] * 77 + data[4 * i + 1] * 150 + data[4 * i + 2] * 29) >> 8;
  const answer = await fetch(`/scan/picture?width=${canvas.width}&height=${canvas.height}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream", "X-CSRF": scanner.dataset.csrf },
    body: grey,
  });
  return answer.ok ? (await answer.json()).text : null;
}

function follow(text) {
  document.getElementById("link").value = text;
  document.getElementById("follow").requestSubmit();
}

async function watch() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    show("camera-choice", false);
    show("no-camera");
    return;
  }
  show("camera-choice", false);
  show("camera");
  camera.srcObject = stream;
  await camera.play();
  for (;;) {
    const text = camera.videoWidth ? await read(draw(camera, camera.videoWidth, camera.videoHeight)).catch(() => null) : null;
    if (text) {
      stream.getTracks().forEach((track) => track.stop());
      return follow(text);
    }
    await new Promise((wake) => setTimeout(wake, PAUSE));
  }
}

document.getElementById("picture").addEventListener("change", async ({ target }) => {
  show("no-code", false);
  const bitmap = await createImageBitmap(target.files[0]).catch(() => null);
  const text = bitmap ? await read(draw(bitmap, bitmap.width, bitmap.height)).catch(() => null) : null;
  if (text) follow(text);
  else show("no-code");
});

document.getElementById("start").addEventListener("click", watch);
show("picture-choice");
show("camera-choice", Boolean(navigator.mediaDevices?.getUserMedia));
