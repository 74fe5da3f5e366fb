// The one call of htm that the page makes.
declare const htm: {
  bind(h: unknown): (parts: TemplateStringsArray, ...values: any[]) => import("./preact.d.ts").VNode;
};
export default htm;
