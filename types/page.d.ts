// What the page's modules share as types. Never served; comments name them as `Page.Get` and the like.
declare type Signal<T> = import("./signals.d.ts").Signal<T>;
declare type ReadonlySignal<T> = import("./signals.d.ts").ReadonlySignal<T>;
// The page draws HTML, and what it looks for by a selector is that.
declare interface Element {
  closest(selectors: string): HTMLElement | null;
}
declare interface ParentNode {
  querySelector(selectors: string): HTMLElement | null;
}
declare interface Window {
  /** Once its script was loaded. */
  uPlot: any;
}
declare namespace Page {
  /** A job as the store keeps it. */
  type Live = import("../video_queue/static/state/store.js").LiveJob;
  /** An event as the socket brings it: those of jobs and renders have their numbers. */
  type Event = Omit<Api.Event, "job_id" | "prompt_id"> & { job_id: number; prompt_id: number };
  /** What the stage of a job shows: an output, or "none" that is to come. */
  type Shown = Omit<Api.JobOutput, "kind"> & { kind: string };
  /** What a toast says. */
  interface Message {
    text: string;
    hint?: string;
    tone?: string;
    undo?: (() => void) | null;
    link?: { href: string; text: string; onClick?: () => void };
    onGone?: () => void;
  }
  /** What the view of a job reads besides its row. */
  interface Detail {
    chain: Api.ChainJob[];
    prompts: Api.Prompt[];
    failed: Api.Prompt[];
    outputs: Api.JobOutput[];
    more: boolean;
    moreOutputs: boolean;
    read: boolean;
  }
  interface Options {
    signal?: AbortSignal;
    as?: "json" | "text";
    keepalive?: boolean;
  }
  /** A path without its query. */
  type Bare<P extends string> = P extends `${infer Before}?${string}` ? Before : P;
  type Result<R extends string, O> = Promise<O extends { as: "text" } ? string : Api.Answer<R>>;
  type Get = <P extends string, O extends Options>(path: P, query?: Api.Query<`GET ${Bare<P>}`>, more?: O) => Result<`GET ${Bare<P>}`, O>;
  type Post = <P extends string, O extends Options>(path: P, body?: Api.Body<`POST ${Bare<P>}`>, more?: O) => Result<`POST ${Bare<P>}`, O>;
  type Call = <M extends string, P extends string, O extends Options & { query?: Api.Query<`${M} ${Bare<P>}`>; body?: Api.Body<`${M} ${Bare<P>}`> }>(
    method: M, path: P, more?: O,
  ) => Result<`${M} ${Bare<P>}`, O>;
}
declare namespace Api {
  /** A body: every field may be left out, none may be another. A word may be any: the server knows which it takes. */
  type Sent<T> = T extends string ? string : T extends Array<infer I> ? Array<Sent<I>> : T extends object ? { [K in keyof T]?: Sent<T[K]> } : T;
}
