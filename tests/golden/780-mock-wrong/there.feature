Feature: Mine
