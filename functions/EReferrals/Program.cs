var x = args.Length; return x > 99 ? 1 : 0;
