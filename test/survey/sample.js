export async function installSample(){}
