using EReferrals.Local;

return await LocalProgram.RunAsync(args);
