// Sending a file to the server: the one call that api.js does not make, because fetch reports no progress.
import { ApiError, AWAY } from "./api.js";

/** Upload one file; `onProgress` gets 0..1. */
export function upload(file, onProgress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("POST", "/api/uploads");
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      if (request.status === 201) resolve(request.response);
      else reject(new ApiError(request.status, request.response?.error ?? AWAY));
    };
    request.onerror = () => reject(new ApiError(0, AWAY));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
  return { done, abort: () => request.abort() };
}
