using EReferrals.Local;

return await LocalProgram.ServeAsync(args);
