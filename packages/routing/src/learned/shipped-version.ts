/** The version of the model that this build ships, known without its weights: files of weights name it as their base. */
export const shippedVersion = "learned-2";
