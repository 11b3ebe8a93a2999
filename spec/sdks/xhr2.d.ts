declare module 'xhr2' {
  const xhr2: { readonly XMLHttpRequest: new () => XMLHttpRequest };
  export default xhr2;
}
